"""The Python of docs/sub-systems.md, as it stands there: for each line of JSON that comes in, one goes out."""
import json
import re
import sys
import time
from pathlib import Path

document = Path(__file__).resolve().parents[2] / "docs/sub-systems.md"
(block,) = re.findall(r"^```python\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
exec(compile(block, str(document), "exec"))

options = json.loads(sys.argv[1])
clock = time.time
if "now" in options:
    now = options.pop("now")
    clock = time.time = lambda: now
verifier = Verifier(**options)


def judge(token):
    try:
        claims = verifier.verify(token)
    except Refused as refused:
        return {"status": refused.status, "verdict": refused.reason}
    return {"status": 200, "verdict": "valid", "sub": claims["sub"]}


def until_refused(token):
    while (judged := judge(token))["status"] == 200:
        time.sleep(0.0005)
    return judged


def heard(_):
    return {"position": verifier.heard[2], "rows": len(verifier.rows)}


def set_ahead(seconds):
    time.time = lambda: clock() + seconds
    return {}


for line in sys.stdin:
    ((command, argument),) = json.loads(line).items()
    answer = {"judge": judge, "until_refused": until_refused, "heard": heard, "set_ahead": set_ahead}[command](argument)
    print(json.dumps(answer), flush=True)
