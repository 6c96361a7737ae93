"""A bot for Parley: it hears what visitors write (SSE), answers (REST), and hands over to humans.

PARLEY_URL=http://127.0.0.1:3000 BOT_ID=… BOT_TOKEN=… python3 examples/bot.py
Python's standard library is all it needs; docs/guide/bots.md tells how to make its user and token.
"""

import json
import os
import time
import uuid
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

API, ME = f"{os.environ['PARLEY_URL']}/api/v1", os.environ["BOT_ID"]
HEADERS = {"X-User-Id": ME, "X-Auth-Token": os.environ["BOT_TOKEN"]}


def reply(question):
    return f"You asked: {question}"  # here a real bot thinks, for as long as it likes


def post(path, body):
    """Whether it was done. A refusal is told and left; whatever else fails is raised."""
    headers = HEADERS | {"Content-Type": "application/json"}
    try:
        urlopen(Request(f"{API}/{path}", json.dumps(body).encode(), headers), timeout=30).close()
        return True
    except HTTPError as error:
        if error.code != 400:
            raise
        print("refused:", error.read().decode(), flush=True)
        return False


def answer(room, message):
    speaker = room.get("speaker", {})
    if speaker.get("userId") != ME or "token" not in message or "t" in message:
        return  # the word is with another, or no visitor wrote this
    asks = "human" in message["msg"].lower() and message["ts"] >= speaker["since"]
    # Made of the question's id: read again after a crash, the question is still answered once.
    key = uuid.uuid5(uuid.NAMESPACE_OID, ME + message["_id"]).hex
    text = "I am getting somebody for you." if asks else reply(message["msg"])
    said = {"_id": key, "rid": room["_id"], "msg": text, "speaker": speaker["number"]}
    if post("chat.sendMessage", {"message": said}) and asks:
        post("livechat/room.handOver", {"roomId": room["_id"], "speaker": speaker["number"]})


def follow(since):
    """(data, where to go on from), until the connection ends."""
    request = Request(f"{API}/livechat/events", headers=HEADERS | {"Last-Event-ID": since})
    with urlopen(request, timeout=60) as lines:  # something comes every 15 seconds
        fields = {}
        for line in lines:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif fields:
                yield json.loads(fields.get("data", "{}")), fields.get("id")
                fields = {}


since = ""
while True:
    try:
        for data, at in follow(since):
            for room in data.get("rooms") or [data.get("room")]:  # a snapshot has all that are open
                if room:
                    answer(room, data.get("message") or room.get("lastMessage") or {})
            since = at or since  # only now: what was not answered comes again
        print("disconnected: the server ended it", flush=True)
    except (OSError, HTTPException, ValueError) as error:
        print("disconnected:", error, flush=True)
    time.sleep(2)
