#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints "WIDTH HEIGHT COLOURS BRIGHTNESS" of a PNG (8 bits a channel, RGB or RGBA, not
interlaced, as Chromium writes them): enough to tell a page from a blank one, and light
from dark. Brightness is the mean of all channels, 0 to 255."""

import struct
import sys
import zlib


def chunks(data):
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + length]
        at += length + 12


def paeth(left, up, corner):
    estimate = left + up - corner
    nearest = min(abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    if nearest == abs(estimate - left):
        return left
    return up if nearest == abs(estimate - up) else corner


def unfilter(kind, line, above, step):
    if kind == 0:
        return line
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        predicted = (left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[kind - 1]
        line[i] = (line[i] + predicted) & 255
    return line


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    if depth != 8 or colour not in (2, 6) or interlaced:
        sys.exit(f"{path}: not a PNG of the kind expected")
    step = 3 if colour == 2 else 4
    raw = zlib.decompress(b"".join(body for kind, body in chunks(data) if kind == b"IDAT"))
    above, colours, total = bytearray(width * step), set(), 0
    for row in range(height):
        start = row * (width * step + 1)
        line = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + width * step]), above, step)
        total += sum(sum(line[channel::step]) for channel in range(3))
        colours.update(bytes(line[i:i + 3]) for i in range(0, len(line), step * 7))
        above = line
    print(width, height, len(colours), round(total / (3 * width * height)))


main(sys.argv[1])
