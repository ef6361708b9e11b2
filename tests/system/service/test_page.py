"""The page of the emulator in a real browser, with devices that work meanwhile."""

import json
import re
from contextlib import contextmanager

import environment
import paho.mqtt.client as paho
import pytest
from rest_client import boto_client
from testing import ports

CONSOLE = environment.ROOT / "tools" / "iotjobs_emulator" / "console"
EXAMPLES = CONSOLE / "static" / "examples.json"

pytestmark = pytest.mark.exhaustive

EVIL = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture
def expect(page):
    """Playwright's assertions, which wait for what they assert."""
    from playwright.sync_api import expect

    return expect


@pytest.fixture
def things(emulator):
    """The ARNs of three things."""
    names = ("lamp", "pump", "valve")
    return {name: emulator.iot.create_thing(thingName=name)["thingArn"] for name in names}


@pytest.fixture
def shown(emulator, things, page):
    """The page of an emulator with things. What the browser complains of fails the test."""
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append((message.type, message.text)))
    page.on("request", lambda request: asked.append(request.url))
    open_page(emulator, page)
    yield page
    # An error that the service answers is one that the browser tells of; no policy is broken.
    assert [c for c in complaints if "responded with a status of 4" not in c[1]] == []
    assert all(url.startswith(f"{emulator.control_url}/") for url in asked)
    assert page.title() == "iotjobs emulator"


def open_page(emulator, page):
    page.goto(emulator.control_url)
    page.locator("#contact[data-state=live]").wait_for()


@pytest.fixture
def device(emulator):
    """`device(operation, thingName=…, …)` asks as a device does, over HTTP."""
    with boto_client(emulator.ports[3], service="iot-jobs-data") as client:
        yield lambda operation, **members: getattr(client, operation)(**members)


@contextmanager
def connected(emulator, client_id):
    """A client that is connected over MQTT."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id)
    client.connect("127.0.0.1", emulator.mqtt)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def job_of(page, job_id):
    return page.locator(f'.job[data-job="{job_id}"]')


def create_by_form(page, job_id, *names, document='{"operation":"blink"}', selection="SNAPSHOT"):
    page.get_by_role("button", name="New job").click()
    page.get_by_label("Job id").fill(job_id)
    page.get_by_label("Target selection").select_option(selection)
    for name in names:
        page.get_by_label(name, exact=True).check()
    page.get_by_label("Document", exact=True).fill(document)
    page.get_by_role("button", name="Create job").click()


def test_things_and_connections_appear_while_one_looks(emulator, shown, expect):
    things = shown.locator("#things > li")
    expect(things).to_have_count(3)
    expect(things.first).to_contain_text("not connected")
    emulator.iot.create_thing(thingName="heater")
    expect(things.first).to_contain_text("heater")
    with connected(emulator, "lamp"), connected(emulator, "laptop"):
        lamp = shown.locator("#things > li", has_text="lamp")
        expect(lamp).to_contain_text(re.compile(r"MQTT, since \d\d:\d\d:\d\d"))
        expect(shown.locator("#things-total")).to_have_text("1 of 4 connected")
        expect(shown.locator("#strangers")).to_contain_text("laptop")
        shown.get_by_label("connected only").check()
        expect(things).to_have_count(1)
    expect(things).to_have_count(0)
    expect(shown.locator("#things-empty")).to_be_visible()


def test_an_ota_update_and_why_it_has_failed(emulator, things, shown, expect):
    updates = shown.locator("#updates")
    expect(updates).not_to_be_visible()
    location = {"s3Location": {"bucket": "firmware", "key": EVIL}}
    emulator.iot.create_ota_update(
        otaUpdateId="u1",
        targets=[things["lamp"]],
        files=[{"fileLocation": location}],
        roleArn="arn:aws:iam::123456789012:role/files",
    )
    expect(updates).to_contain_text("CREATE_PENDING")
    emulator.steer("clock", {"advance": 2})
    expect(updates).to_contain_text("CREATE_FAILED: ResourceNotFoundException: s3://firmware/<img")
    expect(shown.locator("#streams")).not_to_be_visible()


def test_a_job_from_the_form_and_its_progress(emulator, things, shown, device, expect):
    create_by_form(shown, "blink", "lamp", "pump", selection="CONTINUOUS")
    expect(shown.locator("#create")).not_to_be_visible()
    job = emulator.iot.describe_job(jobId="blink")["job"]
    assert sorted(job["targets"]) == sorted([things["lamp"], things["pump"]])
    assert job["targetSelection"] == "CONTINUOUS"
    document = emulator.iot.get_job_document(jobId="blink")["document"]
    assert json.loads(document) == {"operation": "blink"}

    job = job_of(shown, "blink")  # it has been opened
    meter = job.get_by_role("img")
    expect(meter).to_have_attribute("aria-label", "2 queued")
    one = {"thingName": "lamp", "jobId": "blink"}
    for percent in ("10 %", "60 %"):
        now = {"status": "IN_PROGRESS", "statusDetails": {"progress": percent}}
        device("update_job_execution", **one, **now)
    expect(meter).to_have_attribute("aria-label", "1 in progress, 1 queued")
    history = job.locator(".execution", has_text="lamp").get_by_role("list", name="History")
    expect(history).to_have_text(
        re.compile(r"QUEUED\S+IN_PROGRESS\d\d:\d\d:\d\dprogress 10 %\S+progress 60 %$")
    )
    device("update_job_execution", **one, status="SUCCEEDED")
    expect(meter).to_have_attribute("aria-label", "1 succeeded, 1 queued")
    parts = meter.locator("span")
    widths = [part.bounding_box()["width"] for part in parts.all()]
    whole = meter.bounding_box()["width"]
    assert [round(width / whole, 1) for width in widths] == [0.5, 0.5]

    job.get_by_label("Executions with").select_option("QUEUED")
    expect(job.locator(".execution")).to_have_count(1)
    expect(job.locator(".execution")).to_contain_text("pump")
    job.locator("summary").click()
    expect(job.locator("pre")).to_have_text('{"operation":"blink"}')


def test_a_job_is_canceled_by_the_button_and_by_force(emulator, things, shown, device, expect):
    emulator.create_job("long", things=("lamp", "pump"))
    device("start_next_pending_job_execution", thingName="lamp")
    job = job_of(shown, "long")
    job.get_by_role("button", name="long").click()
    cancel = job.get_by_role("button", name="Cancel job")

    cancel.click()
    shown.get_by_label("Comment").fill("a test")
    shown.get_by_role("button", name="Cancel this job").click()
    meter = job.get_by_role("img")
    expect(meter).to_have_attribute("aria-label", "1 canceled, 1 in progress")
    canceled = emulator.iot.describe_job(jobId="long")["job"]
    assert (canceled["status"], canceled["comment"]) == ("CANCELED", "a test")

    cancel.click()
    shown.get_by_label("force").check()
    shown.get_by_role("button", name="Cancel this job").click()
    expect(meter).to_have_attribute("aria-label", "2 canceled")
    expect(cancel).to_be_hidden()
    assert emulator.execution("long", "lamp")[0] == "CANCELED"


def test_what_a_former_thing_had_is_a_row_of_its_own(emulator, shown, expect):
    group = emulator.iot.create_thing_group(thingGroupName="hall")["thingGroupArn"]
    emulator.iot.create_job(
        jobId="stays", targets=[group], targetSelection="CONTINUOUS", document="{}"
    )
    for is_former in (True, False):
        emulator.iot.create_thing(thingName="heater")
        emulator.iot.add_thing_to_thing_group(thingGroupName="hall", thingName="heater")
        if is_former:
            emulator.iot.delete_thing(thingName="heater")
    job = job_of(shown, "stays")
    job.get_by_role("button", name="stays").click()
    rows = job.locator(".execution")
    time = r"\d\d:\d\d:\d\d"
    histories = [re.compile(f"^QUEUED{time}REMOVED{time}$"), re.compile(f"^QUEUED{time}$")]
    expect(rows.get_by_role("list", name="History")).to_have_text(histories)
    emulator.iot.create_thing(thingName="later")
    expect(shown.locator("#things > li", has_text="later")).to_be_visible()
    expect(rows).to_have_count(2)
    job.get_by_label("Executions with").select_option("QUEUED")
    expect(rows).to_have_count(1)
    job.get_by_label("Executions with").select_option("SUCCEEDED")
    expect(rows).to_have_count(0)


def test_a_job_made_anew_under_its_name_stays_open(emulator, things, shown, device, expect):
    emulator.create_job("again", things=["lamp"])
    device("update_job_execution", thingName="lamp", jobId="again", status="SUCCEEDED")
    job = job_of(shown, "again")
    job.get_by_role("button", name="again").click()
    expect(job.locator(".execution .chip").first).to_have_text("SUCCEEDED")
    # Nobody sees the page meanwhile, so it does not ask.
    shown.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.away})")
    shown.evaluate("window.away = true")
    shown.wait_for_timeout(300)  # for answers that are on their way
    emulator.iot.delete_job(jobId="again", force=True)
    emulator.create_job("again", '{"anew":1}', things=["pump"])
    shown.evaluate("window.away = false")
    expect(job.locator(".execution .name")).to_have_text("pump")
    expect(job.get_by_role("button", name="Cancel job")).to_be_visible()
    job.locator("summary").click()
    expect(job.locator("pre")).to_have_text('{"anew":1}')
    job.get_by_role("button", name="again").click()
    expect(job.locator(".execution")).to_have_count(0)


def test_an_execution_says_where_its_device_is(emulator, things, shown, device, expect):
    emulator.create_job("old", things=["lamp"])
    fail(device, "old", "the sensor does not answer")
    emulator.create_job("waits", things=("lamp", "pump", "valve"))
    job = job_of(shown, "waits")
    job.get_by_role("button", name="waits").click()
    lamp, pump, valve = (
        job.locator(".execution", has_text=name) for name in ("lamp", "pump", "valve")
    )
    at = r"(at )?\d\d:\d\d:\d\d"
    for row in (pump, valve):
        expect(row.locator(".presence")).to_have_text(
            re.compile(f"^not connected since the emulator started {at}$")
        )
    expect(lamp.locator(".failure")).to_have_text(
        re.compile(f"^last failure: old FAILED {at}: the sensor does not answer$")
    )
    expect(pump.locator(".failure")).to_have_count(0)

    with connected(emulator, "lamp") as client:
        expect(lamp.locator(".presence")).to_have_text(
            re.compile(f"^connected since {at}, has asked for nothing yet$")
        )
        client.publish("$aws/things/lamp/jobs/get", "{}")
        expect(lamp.locator(".presence")).to_have_text(
            re.compile(f"^connected since {at}, asked last {at}: GetPendingJobExecutions$")
        )
        client.publish("$aws/things/lamp/jobs/other/get", "{}")
        refused = re.compile(f"^refused {at}: DescribeJobExecution: ResourceNotFound: .*other")
        expect(lamp.locator(".refusal")).to_have_text(refused)
        thing = shown.locator("#things > li", has_text="lamp")
        expect(thing.locator(".refusal")).to_have_text(refused)
        expect(thing.locator(".presence")).to_have_text(re.compile(f"^asked last {at}"))
    gone = re.compile(f"^not connected since {at}: disconnected by the client$")
    expect(lamp.locator(".presence")).to_have_text(gone)
    expect(shown.locator("#things > li", has_text="lamp").locator(".presence")).to_have_text(gone)
    with connected(emulator, "lamp"):
        expect(lamp.locator(".before")).to_have_text(re.compile(f"^a connection ended {at}: "))

    device("get_pending_job_executions", thingName="valve")
    expect(valve.locator(".presence")).to_have_text(
        re.compile(f"^over HTTP, asked last {at}: GetPendingJobExecutions$")
    )
    device("update_job_execution", thingName="lamp", jobId="waits", status="SUCCEEDED")
    expect(lamp.locator(".presence")).to_be_visible()
    expect(lamp.locator(".refusal, .failure, .before")).to_have_count(0)


def fail(device, job_id, reason):
    now = {"status": "FAILED", "statusDetails": {"reason": reason}}
    device("update_job_execution", thingName="lamp", jobId=job_id, **now)


def test_why_the_service_ended_a_connection_stands_beside_the_next_one(
    emulator, things, shown, expect
):
    emulator.create_job("waits", things=["lamp"])
    job = job_of(shown, "waits")
    job.get_by_role("button", name="waits").click()
    with connected(emulator, "lamp") as client:  # which connects again by itself
        client.publish("$aws/things/pump/jobs/get", "{}")
        expect(job.locator(".before")).to_contain_text(
            ": PUBLISH for '$aws/things/pump/jobs/get', which is not the client's own"
        )


def test_each_example_fills_in_the_form(emulator, things, shown, expect):
    examples = json.loads(EXAMPLES.read_text())
    shown.get_by_role("button", name="New job").click()
    document, note = shown.get_by_label("Document", exact=True), shown.locator("#create-note")
    choice = shown.get_by_label("Example")
    expect(document).to_have_value(json.dumps(examples[0]["document"], indent=2))
    for example in examples:
        choice.select_option(example["name"])
        expect(document).to_have_value(json.dumps(example["document"], indent=2))
        expect(note.locator("code")).to_have_text(example["change"])
        expect(note).to_contain_text(example["to"])
        expect(shown.locator("#create-check")).to_contain_text("A JSON object of")
    shown.get_by_label("lamp", exact=True).check()
    shown.get_by_label("Job id").fill("example")
    shown.get_by_role("button", name="Create job").click()
    expect(job_of(shown, "example")).to_be_visible()
    created = json.loads(emulator.iot.get_job_document(jobId="example")["document"])
    assert created == examples[-1]["document"]


def test_a_document_of_ones_own_is_not_lost_by_a_look_at_the_examples(shown, expect):
    shown.get_by_role("button", name="New job").click()
    document, choice = shown.get_by_label("Document", exact=True), shown.get_by_label("Example")
    expect(choice).to_have_value("blink")
    document.fill('{"mine": 1}')
    expect(choice).to_have_value("")
    expect(shown.locator("#create-note")).to_be_empty()
    choice.select_option("reboot")
    expect(shown.locator("#create-note")).to_have_text("Nothing is to be changed.")
    choice.select_option("")
    expect(document).to_have_value('{"mine": 1}')
    shown.get_by_role("button", name="Close").click()
    shown.get_by_role("button", name="New job").click()
    expect(document).to_have_value('{"mine": 1}')


def test_the_services_error_stands_in_the_form(emulator, things, shown, expect):
    emulator.create_job("taken", things=["lamp"])
    create_by_form(shown, "taken", "lamp", document='{"another":1}')
    error = shown.get_by_role("alert").filter(has_text="Exception")
    expect(error).to_contain_text("ResourceAlreadyExistsException: ")
    expect(error).to_contain_text("taken")
    shown.get_by_label("Job id").fill("not a job id")
    shown.get_by_role("button", name="Create job").click()
    expect(error).to_contain_text("InvalidRequestException: ")
    expect(error).to_contain_text("jobId")
    shown.get_by_label("Job id").fill("free")
    shown.get_by_role("button", name="Create job").click()
    expect(shown.locator("#create")).not_to_be_visible()
    expect(job_of(shown, "free")).to_be_visible()


def test_the_document_is_checked_while_it_is_typed(shown, expect):
    shown.get_by_role("button", name="New job").click()
    document, check = shown.get_by_label("Document", exact=True), shown.locator("#create-check")
    for text, told in (
        ('{"a":"é"}', "A JSON object of 10 bytes"),
        ('{"a":', "Not a document: "),
        ("[1]", "Not a document: not a JSON object"),
        (json.dumps({"a": "x" * 32_768}), "Not a document: longer than 32768 bytes"),
    ):
        document.fill(text)
        expect(check).to_contain_text(told)


def test_what_comes_from_outside_is_text_and_is_not_run(emulator, things, shown, device, expect):
    document = json.dumps({"a": EVIL})
    emulator.create_job("evil", document, ["lamp"], description=EVIL)
    emulator.create_job("failed", "{}", ["lamp"])
    fail(device, "failed", EVIL)
    one, now = {"thingName": "lamp", "jobId": "evil"}, {"status": "IN_PROGRESS"}
    device("update_job_execution", **one, **now, statusDetails={"reason": EVIL})
    with connected(emulator, EVIL) as client:
        client.publish(f"a/{EVIL}".replace("/script", "-script"), EVIL)
        expect(shown.locator("#strangers")).to_contain_text(EVIL)
        job = job_of(shown, "evil")
        job.get_by_role("button", name="evil").first.click()
        expect(job.locator(".description")).to_have_text(EVIL)
        expect(job.locator(".detail")).to_have_text(f"reason {EVIL}")
        expect(job.locator(".failure")).to_contain_text(EVIL)
        job.locator("summary").click()
        expect(job.locator("pre")).to_have_text(document)
        row = shown.locator("#trace .entry", has_text="a/<img").first
        expect(row.locator(".payload")).to_have_text(EVIL)
        row.click()
        expect(row.locator("pre")).to_have_text(EVIL)
        expect(row.locator("pre")).to_be_in_viewport()
        expect(row.locator(".who")).to_have_text(EVIL)
    assert shown.locator("main img, main script").count() == 0
    # (The page's title says whether anything was run: see `shown`.)


def test_the_trace_streams_filters_and_pauses(emulator, shown, expect):
    rows = shown.locator("#trace .entry")
    words = shown.get_by_label("Show entries with all of these words")
    with connected(emulator, "lamp") as client:
        client.subscribe("b")
        client.publish("a", '{"number":1}')
        client.publish("b", '{"number":2}')
        expect(rows.filter(has_text="SUBSCRIBE")).to_have_count(0)
        words.fill('LAMP "number":2')
        expect(rows).to_have_count(2)  # in, and out again
        expect(rows.first).to_contain_text("b")
        words.fill("")
        expect(rows.filter(has_text='"number":1')).to_have_count(1)
        shown.get_by_label("all packets").check()
        expect(rows.filter(has_text="SUBSCRIBE")).to_have_count(1)

        pause = shown.get_by_role("button", name="Pause")
        pause.click()
        client.publish("a", '{"number":3}')
        expect(shown.locator("#trace-count")).to_contain_text("1 new")
        expect(rows.filter(has_text='"number":3')).to_have_count(0)
        shown.get_by_role("button", name="Go on").click()
        expect(rows.filter(has_text='"number":3')).to_have_count(1)
        expect(pause).to_have_attribute("aria-pressed", "false")
        shown.get_by_role("button", name="Clear").click()
        expect(rows).to_have_count(0)
        client.publish("a", '{"number":4}')
        expect(rows.filter(has_text='"number":4')).to_have_count(1)


def test_the_clock_is_stopped_and_moved_and_a_timer_fires(emulator, things, shown, device, expect):
    timeout = {"inProgressTimeoutInMinutes": 10}
    emulator.create_job("slow", things=["lamp"], timeoutConfig=timeout)
    device("start_next_pending_job_execution", thingName="lamp")
    expect(shown.get_by_role("button", name="+10 min")).to_be_hidden()
    shown.get_by_role("button", name="Stop the clock").click()
    job = job_of(shown, "slow")
    job.get_by_role("button", name="slow").click()
    expect(job.locator(".timer")).to_contain_text(re.compile(r"times out in (9|10) min"))
    shown.get_by_role("button", name="+10 min").click()
    expect(job.get_by_role("img")).to_have_attribute("aria-label", "1 timed out")
    assert emulator.execution("slow", "lamp")[0] == "TIMED_OUT"
    shown.get_by_role("button", name="Let it run").click()
    expect(shown.get_by_role("button", name="Stop the clock")).to_be_visible()


def test_a_group_is_a_target_and_faults_are_listed(emulator, shown, page, expect):
    emulator.iot.create_thing_group(thingGroupName="hall")
    emulator.iot.add_thing_to_thing_group(thingGroupName="hall", thingName="pump")
    answer = page.request.post(
        f"{emulator.control_url}/_emulator/faults",
        data={"action": "delay", "seconds": 0.1, "packet": "PUBACK", "direction": "out"},
    )
    assert answer.ok, answer.text()
    faults = shown.locator("#faults-list")
    expect(faults).to_contain_text("1 delay seconds=0.1 packet=PUBACK direction=out")
    create_by_form(shown, "for-the-hall", "hall (group)")
    job = job_of(shown, "for-the-hall")
    expect(job.locator(".execution")).to_contain_text("pump")


def test_the_quotas_that_have_refused_something_are_listed(emulator, shown, page, expect):
    quotas = f"{emulator.control_url}/_emulator/quotas"
    expect(shown.locator("#quotas")).to_be_hidden()
    assert page.request.post(quotas, data={"set": "reads=1,writes=1"}).ok
    expect(shown.locator("#quotas-empty")).to_have_text("2 in force: none has refused anything")
    jobs = f"{emulator.data_url}/things/lamp/jobs"
    assert [page.request.get(jobs).status for _ in range(200)].count(429) > 0
    expect(shown.locator("#quotas-list")).to_contain_text(re.compile("reads 1 a second refused "))
    expect(shown.locator("#quotas-list li")).to_have_count(1)
    expect(shown.locator("#trace")).to_contain_text("QUOTA the quota reads=1 is used up")


def test_all_of_it_is_reached_by_the_keyboard(emulator, things, shown, expect):
    emulator.create_job("job", things=["lamp"])
    expect(job_of(shown, "job")).to_be_visible()
    shown.get_by_role("button", name="New job").focus()
    shown.keyboard.press("Tab")
    head = job_of(shown, "job").get_by_role("button").first
    expect(head).to_be_focused()
    shown.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    shown.keyboard.press("Tab")  # the filter of executions
    shown.keyboard.press("Tab")
    shown.keyboard.press("Enter")  # the button that cancels
    expect(shown.locator("#cancel")).to_be_visible()
    shown.keyboard.press("Escape")
    expect(shown.locator("#cancel")).not_to_be_visible()
    expect(head).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("width", [320, 390, 800, 1440])
def test_nothing_is_wider_than_the_screen(emulator, things, shown, expect, width):
    name = "x" * 128
    emulator.iot.create_thing(thingName=name)
    emulator.iot.create_job(jobId="y" * 64, targets=list(things.values()), document="{}")
    shown.set_viewport_size({"width": width, "height": 800})
    expect(shown.locator("#things > li", has_text=name)).to_be_visible()
    job_of(shown, "y" * 64).get_by_role("button").first.click()
    expect(shown.locator(".execution")).to_have_count(3)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.get_by_role("button", name="New job").click()
    expect(shown.locator("#create-targets li", has_text=name)).to_be_visible()
    assert shown.locator("#create").evaluate("node => node.scrollWidth - node.clientWidth") <= 0


def test_a_thousand_things_come_in_pages(emulator, shown, expect):
    group = emulator.iot.create_thing_group(thingGroupName="all")["thingGroupArn"]
    for number in range(1000):
        emulator.iot.create_thing(thingName=f"t{number:04}")
        emulator.iot.add_thing_to_thing_group(thingGroupName="all", thingName=f"t{number:04}")
    emulator.iot.create_job(jobId="all", targets=[group], document="{}")
    things = shown.locator("#things > li")
    expect(things).to_have_count(50)
    job = job_of(shown, "all")
    job.get_by_role("button").first.click()
    expect(job.locator(".execution")).to_have_count(50)
    job.get_by_role("button", name="Next page").click()
    expect(job.locator(".execution").first).to_contain_text("t0050")
    shown.get_by_label("Find a thing by its name").fill("t0999")
    expect(things).to_have_count(1)
    expect(things).to_contain_text("1 queued")


def test_a_trace_that_breaks_goes_on_where_it_was(emulator, things, page, expect):
    before = page.request.get(f"{emulator.control_url}/_emulator/trace").text()
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(body=before)
        else:
            route.continue_()

    page.route("**/_emulator/trace?*", answer)
    open_page(emulator, page)
    emulator.iot.create_thing(thingName="after")
    rows = page.locator("#trace .entry")
    expect(rows.filter(has_text="/things/after")).to_have_count(2)
    expect(rows.filter(has_text="/things/lamp")).to_have_count(2)
    last = json.loads(before.splitlines()[-1])["number"]
    assert asked[1].endswith(f"after={last}")


def test_an_emulator_that_ends_is_missed_and_found_again(start_emulator, page, expect):
    first = start_emulator(ports=ports.take(5))
    open_page(first, page)
    first.iot.create_thing(thingName="before")
    rows = page.locator("#trace .entry")
    expect(rows.filter(has_text="/things/before")).not_to_have_count(0)
    first.kill()
    expect(page.locator("#contact")).to_have_text("the emulator does not answer")
    second = start_emulator(ports=first.ports)
    expect(page.locator("#contact")).to_have_text("live")
    second.iot.create_thing(thingName="after")
    expect(page.locator("#things > li")).to_have_text(re.compile("after"))
    expect(rows.filter(has_text="/things/after")).not_to_have_count(0)
