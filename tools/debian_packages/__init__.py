"""What comes from Debian's packages without being installed: `apt` fetches and unpacks them,
`micropythons` are interpreters for other machines than this one.
"""
