#!/usr/bin/env python3
"""Draws docs/speed.svg from criterion's figures: the time of one verification, by kind of chain.

    cargo bench --manifest-path benches/comparison/Cargo.toml --bench figures
    python3 benches/comparison/chart.py [CRITERION_DIRECTORY [OUTPUT]]

Needs Python 3.9 or later without other packages. Lengths are logarithms: what is ten times as long takes one step of the grid more.
"""

import json
import math
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

KINDS = [
    ("rsa-2048", "RSA-2048"),
    ("rsa-3072", "RSA-3072"),
    ("rsa-4096", "RSA-4096"),
    ("p256", "P-256"),
    ("p384-anchor", "P-384 anchor, P-256"),
    ("p384-cas", "P-384 CAs, P-256"),
    ("ed25519", "Ed25519"),
]
# Criterion's group under a provider; words; colour.
SIDES = [
    (None, "OpenSSL 3", "#8a8f98"),
    ("rustls", "rustls (webpki)", "#d98324"),
    ("partner-cold", "this crate, every rule on, new peer", "#5b8def"),
    ("partner-warm", "this crate, every rule on, peer seen before", "#2f9e6e"),
]
PROVIDERS = [("ring", "with ring"), ("aws-lc-rs", "with aws-lc-rs")]

LABELS, BARS, RIGHT = 150, 520, 70
BAR, GAP, GROUP_GAP = 11, 2, 12
LEAST, MOST = 1.0, 3000.0

STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .value { font-size: 10px }
    .title { font-size: 14px; font-weight: 600 }
    .grid { stroke: #1f2328; stroke-opacity: .15 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .grid { stroke: #e6edf3; stroke-opacity: .2 }
    }
"""


def main():
    arguments = sys.argv[1:]
    criterion = pathlib.Path(arguments[0]) if arguments else default_directory()
    output = pathlib.Path(arguments[1]) if len(arguments) > 1 else ROOT / "docs" / "speed.svg"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(drawing(criterion))
    print(f"{output} drawn from {criterion}")


def default_directory():
    target = os.environ.get("CARGO_TARGET_DIR")
    return (pathlib.Path(target) if target else HERE / "target") / "criterion"


def microseconds(criterion, provider, side, kind):
    group = f"{provider}_{side}" if side else "openssl_verify"
    path = criterion / group / kind / "new" / "estimates.json"
    try:
        return json.loads(path.read_text())["median"]["point_estimate"] / 1000
    except FileNotFoundError:
        sys.exit(f"there is no {path}: run the bench `figures` first")


def along(value):
    """How far from the left of the bars."""
    span = math.log10(MOST / LEAST)
    return BARS * math.log10(min(max(value, LEAST), MOST) / LEAST) / span


def drawing(criterion):
    parts, y = [], 24
    parts.append(text(12, y, "Time of one verification (logarithmic; one intermediate)", "title"))
    for _, words, colour in SIDES:
        y += 18
        parts.append(rectangle(12, y - 10, 12, BAR, colour))
        parts.append(text(30, y, words))
    for provider, words in PROVIDERS:
        y += 34
        parts.append(text(12, y, words, "title"))
        y += 12
        panel, height = bars(criterion, provider, y)
        parts += grid(y, height) + panel
        y += height + 16
    width, height = LABELS + BARS + RIGHT, y + 8
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-label="Time of one verification by kind of chain">\n  <style>{STYLE}  </style>\n{body}\n</svg>\n'
    )


def bars(criterion, provider, top):
    parts, y = [], top + 4
    for kind, words in KINDS:
        middle = y + (len(SIDES) * (BAR + GAP)) / 2 + 3
        parts.append(text(LABELS - 8, middle, words, anchor="end"))
        for side, _, colour in SIDES:
            time = microseconds(criterion, provider, side, kind)
            parts.append(rectangle(LABELS, y, along(time), BAR, colour))
            parts.append(text(LABELS + along(time) + 4, y + BAR - 2, in_words(time), "value"))
            y += BAR + GAP
        y += GROUP_GAP
    return parts, y - top


def grid(top, height):
    parts = []
    for exponent in range(4):
        value = 10**exponent
        x = LABELS + along(value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + height - 6}"/>')
        label = f"{value} µs" if value < 1000 else f"{value // 1000} ms"
        parts.append(text(x, top + height + 6, label, "value", "middle"))
    return parts


def in_words(microseconds):
    if microseconds >= 1000:
        return f"{microseconds / 1000:.3g} ms"
    return f"{microseconds:.1f} µs" if microseconds < 10 else f"{microseconds:.0f} µs"


def rectangle(x, y, width, height, colour):
    return f'<rect x="{x}" y="{y:.1f}" width="{width:.1f}" height="{height}" rx="2" fill="{colour}"/>'


def text(x, y, words, style="", anchor="start"):
    style = f' class="{style}"' if style else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    main()
