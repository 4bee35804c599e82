"""The program of a Python child. Speaks protocol.ts on descriptor 3; stdin is its lifeline. Only Python's own library."""

import importlib.util
import json
import math
import os
import random
import re
import signal
import socket
import sys
import threading
import traceback

LONGEST_LINE = 32 * 1024 * 1024
LARGEST_INTEGER = 2**53 - 1
MOST_FRAMES = 20


class Refused(Exception):
    """A fault that is put in words already: code and text as in ChildFault."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text


class Context:
    """What a call hands to `run` besides its input. The current folder is the call's own, and goes with it."""

    def __init__(self, channel, seed):
        self._channel = channel
        #: Integer from 0 to 2**32 - 1, the same for the same code and input in every attempt.
        self.seed = seed

    def log(self, **fields):
        """Writes one line of JSON to the run's log."""
        self._channel.send({"type": "log", "text": json.dumps(fields)})

    def progress(self, **fields):
        """Tells how far the call is."""
        self._channel.send({"type": "progress", "text": json.dumps(fields)})

    def refuse(self, text):
        """Ends the call for good: with this input no other attempt would fare better. Say what was expected, what was
        found, and what to do."""
        raise Refused("task-input-invalid", f": {text}")

    def checkpoint(self, number, path):
        """Tells that the call can go on from this file of the current folder, should it be interrupted. Numbers rise;
        the file may not change any more."""
        self._channel.send({"type": "checkpoint", "number": number, "file": os.fspath(path)})


class Channel:
    def __init__(self):
        os.set_inheritable(3, False)
        self._socket = socket.socket(fileno=3)
        self._socket.setblocking(True)
        self._lock = threading.Lock()

    def messages(self):
        for line in self._socket.makefile("rb"):
            yield json.loads(line)

    def send(self, message):
        self.send_line(json.dumps(message, allow_nan=False).encode() + b"\n")

    def send_line(self, line):
        with self._lock:
            self._socket.sendall(line)


def main():
    close_inherited()
    hold_lifeline()
    # Where this program lies is nothing that user code should import from.
    del sys.path[0]
    channel = Channel()
    environment = dict(os.environ)
    unit = Unit()
    done(channel, None, True)
    for message in channel.messages():
        if message["type"] == "load":
            answer(channel, unit, lambda: unit.load(**message["unit"]))
        elif message["type"] == "call":
            answer(channel, unit, lambda: unit.call(channel, environment, message))
    die()


def close_inherited():
    """Closes what the worker itself inherited from whoever started it, and with it this process."""
    try:
        descriptors = os.listdir("/proc/self/fd")
    except OSError:
        return
    for descriptor in map(int, descriptors):
        if descriptor > 3:
            try:
                os.close(descriptor)
            except OSError:
                # It was the one that listed them.
                pass


def hold_lifeline():
    """Ends the process group once stdin ends, which is when whoever holds its other end is gone. It takes a process of
    its own: a thread would wait for the interpreter's lock, which a C function may keep for good, and Linux's parent
    death signal ends one process of the group only. Forked twice, so that user code has no child it does not know."""
    child = os.fork()
    if child > 0:
        os.waitpid(child, 0)
        return
    if os.fork() > 0:
        os._exit(0)
    os.closerange(1, 4)
    while os.read(0, 64):
        pass
    die()


def die():
    os.killpg(0, signal.SIGKILL)


def answer(channel, unit, work):
    before = threading.active_count()
    try:
        output = work()
        flush()
        done(channel, output, threading.active_count() <= before and not has_children())
    except Refused as refused:
        flush()
        fault(channel, refused.code, refused.text, None, True)
    except SystemExit as exit:
        flush()
        text = f": expected run to return, got an end of its process with exit code {exit.code}"
        fault(channel, "task-crashed", text, None, False)
    except BaseException as error:
        flush()
        code = "task-threw" if unit.run else "task-not-loadable"
        fault(channel, code, f" threw {unit.without_paths(describe(error))}", unit.stack(error), False)


def done(channel, output, reusable):
    line = json.dumps({"type": "done", "output": output, "reusable": reusable}, allow_nan=False).encode() + b"\n"
    if len(line) <= LONGEST_LINE:
        channel.send_line(line)
        return
    text = f" output: expected up to {LONGEST_LINE} bytes of JSON, got {len(line)}; return a file instead"
    fault(channel, "task-output-too-large", text, None, True)


def fault(channel, code, text, stack, reusable):
    fault = {"code": code, "text": text[:4096]}
    if stack:
        fault["stack"] = stack
    channel.send({"type": "fault", "fault": fault, "reusable": reusable})


class Unit:
    def __init__(self):
        self.run = None
        self.folder = "."
        self.work_folder = "."

    def load(self, folder, script, **_):
        self.folder = folder
        path = os.path.join(folder, script)
        sys.path[0:0] = dict.fromkeys([os.path.dirname(path), folder])
        name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(script))[0])
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        run = getattr(module, "run", None)
        if not callable(run):
            got = "nothing" if run is None else type(run).__name__
            raise Refused("task-not-loadable", f' script "{script}": expected def run(input, context), got {got}')
        self.run = run

    def call(self, channel, environment, message):
        self.enter(environment, message["workFolder"])
        # Code that does not ask for the seed is the same in every attempt too.
        random.seed(message["seed"])
        output = self.run(message["input"], Context(channel, message["seed"]))
        check_json(output, "output")
        return output

    def enter(self, environment, work_folder):
        os.makedirs(work_folder, exist_ok=True)
        os.chdir(work_folder)
        os.environ.clear()
        os.environ.update(environment, HOME=work_folder, TMPDIR=work_folder)
        self.work_folder = work_folder

    def stack(self, error):
        """The frames in the unit's own folder, innermost first."""
        frames = [
            f"at {frame.name} ({os.path.relpath(frame.filename, self.folder)}:{frame.lineno})"
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.startswith(self.folder + os.sep)
        ]
        return "\n".join(frames[::-1][:MOST_FRAMES])

    def without_paths(self, text):
        for folder in (self.work_folder, self.folder):
            text = text.replace(folder + os.sep, "").replace(folder, ".")
        return re.sub(r"""(^|[\s"'`(=,\[<])(/[^\s"'`()<>,:;]+/[^\s"'`()<>,:;]*)""", basename_of, text)


def basename_of(match):
    return match[1] + os.path.basename(match[2].rstrip("/"))


def describe(error):
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def check_json(value, place, depth=0):
    """Refuses what JSON does not have, and integers that other languages would round."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if any(0xD800 <= ord(character) <= 0xDFFF for character in value) if not value.isascii() else False:
            raise not_json(place, "a string that is not Unicode")
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise not_json(place, "an integer beyond 2^53 - 1; return it as a string")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise not_json(place, str(value))
    elif depth > 500:
        raise not_json(place[:64], "more than 500 levels")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_json(item, f"{place}[{index}]", depth + 1)
    elif isinstance(value, dict):
        for name, field in value.items():
            if not isinstance(name, str):
                raise not_json(place, f"a key of type {type(name).__name__}")
            check_json(field, f"{place}.{name}", depth + 1)
    else:
        raise not_json(place, type(value).__name__)


def not_json(place, got):
    return Refused("task-output-not-json", f" {place}: expected JSON, got {got}")


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # Closed or replaced by user code.
            pass


def has_children():
    """Processes that the call left running. Where the system does not tell, they are found once this one ends."""
    try:
        threads = os.listdir("/proc/self/task")
    except OSError:
        return False
    for thread in threads:
        try:
            with open(f"/proc/self/task/{thread}/children") as children:
                if children.read():
                    return True
        except OSError:
            pass
    return False


main()
