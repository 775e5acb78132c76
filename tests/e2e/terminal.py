#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# terminal.py COLUMNSxROWS[@TEXT][,COLUMNSxROWS...] COMMAND...
#
# Runs a command on a terminal of that size, which changes to the next size after 0.4 seconds, or that
# long after TEXT was on it, and prints as JSON what a person would see: {"screens": [[LINE, ...], ...], "status": N}, the screens
# that differ from the one before. The terminal knows what nodehour writes: CR, LF, cursor up, erase
# below, erase to the right; lines too wide for it are folded, again when it becomes narrower.
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time


class Screen:
    def __init__(self):
        self.lines = [""]  # as written, not folded
        self.line = self.column = 0

    def folds(self, line, columns):
        return max(1, -(-len(self.lines[line]) // columns))

    def up(self, rows, columns):
        rows -= max(0, self.column - 1) // columns
        self.column = 0
        while rows > 0 and self.line > 0:
            self.line -= 1
            rows -= self.folds(self.line, columns)
            if rows < 0:
                self.column = -rows * columns

    def put(self, text):
        old = self.lines[self.line].ljust(self.column)
        self.lines[self.line] = old[: self.column] + text + old[self.column + len(text) :]
        self.column += len(text)

    def feed(self, text, columns):
        for token in re.findall(r"\033\[\d*[AJK]|\r|\n|[^\033\r\n]+|\033", text):
            if token == "\r":
                self.column = 0
            elif token == "\n":
                self.line += 1
                self.column = 0
                if self.line == len(self.lines):
                    self.lines.append("")
            elif token.endswith("A") and token[0] == "\033":
                self.up(int(token[2:-1] or 1), columns)
            elif token[0] == "\033":
                self.lines[self.line] = self.lines[self.line][: self.column]
                if token.endswith("J"):
                    del self.lines[self.line + 1 :]
            else:
                self.put(token)

    def seen(self, columns, rows):
        out = []
        for line in self.lines:
            out += [line[i : i + columns].rstrip() for i in range(0, max(1, len(line)), columns)]
        return out[-rows:]


def resize(fd, size):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))


def main():
    sizes, texts = [], []
    for word in sys.argv[1].split(","):
        size, _, text = word.partition("@")
        sizes.append(tuple(map(int, size.split("x"))))
        texts.append(text)
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.2)  # until the size is set
        os.environ["TERM"] = "xterm"
        os.execvp(sys.argv[2], sys.argv[2:])
    size = sizes.pop(0)
    resize(fd, size)
    screen, screens = Screen(), []
    due = None if texts[0] else time.monotonic() + 0.4
    while True:
        if sizes and due and time.monotonic() > due:
            size = sizes.pop(0)
            texts.pop(0)
            due = None if texts[0] else time.monotonic() + 0.4
            resize(fd, size)
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            text = os.read(fd, 65536).decode()
        except OSError:
            break
        if not text:
            break
        screen.feed(text, size[0])
        seen = screen.seen(*size)
        if not due and any(texts[0] in line for line in seen):
            due = time.monotonic() + 0.4
        if not screens or screens[-1] != seen:
            screens.append(seen)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    json.dump({"screens": screens, "status": status}, sys.stdout)


main()
