"""Media files as nobody means them: small clips of each kind, damaged by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.media import encode

CHAPTERS = ";FFMETADATA1\ntitle=A film\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={n}00\nEND={n + 1}00\ntitle=Part {n}\n" for n in range(5)
)
CUES = "1\n00:00:00,000 --> 00:00:00,400\nHello <i>you</i>\n\n2\n00:00:00,500 --> 00:00:00,900\nGood bye\n"

H264, MPEG4, AAC = ("-c:v", "libx264", "-preset", "ultrafast"), ("-c:v", "mpeg4"), ("-c:a", "aac")
TEXTS = ("-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3")
COVER = ("-map", "4", "-c:v:1", "png", "-pix_fmt:v:1", "rgb24", "-disposition:v:1", "attached_pic")

KINDS: dict[str, tuple[str, ...]] = {
    "late.mp4": (*TEXTS, *H264, *AAC, "-c:s", "mov_text"),
    "early.mp4": (*TEXTS, *H264, *AAC, "-c:s", "mov_text", *COVER, "-movflags", "+faststart"),
    "pieces.mp4": ("-map", "0", "-map", "1", *H264, *AAC, "-movflags", "+frag_keyframe+empty_moov", "-g", "5"),
    "old.mp4": ("-map", "0", "-map", "1", *MPEG4, *AAC),
    "film.mov": ("-map", "0", "-map", "1", "-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    "film.m4v": ("-map", "0", *H264),
    "film.mkv": (*TEXTS, *H264, "-c:a", "libvorbis", "-c:s", "ass"),
    "eight.webm": ("-map", "0", "-map", "1", "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "nine.webm": ("-map", "0", "-map", "2", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "film.avi": ("-map", "0", "-map", "1", *MPEG4, "-c:a", "libmp3lame"),
    "film.flv": ("-map", "0", "-map", "1", "-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "22050"),
    "film.ts": ("-map", "0", "-map", "1", "-r", "25", "-c:v", "mpeg2video", "-c:a", "mp2"),
    "film.mpg": ("-map", "0", "-map", "1", "-r", "25", "-c:v", "mpeg1video", "-c:a", "mp2"),
    "film.wmv": ("-map", "0", "-map", "1", "-c:v", "wmv2", "-c:a", "wmav2"),
    "film.3gp": ("-map", "0", "-s", "176x144", "-r", "25", "-c:v", "h263"),
    "film.ogv": ("-map", "0", "-map", "1", "-c:v", "libtheora", "-c:a", "libvorbis"),
}
"""ffmpeg's options, by the names of the clips."""

TYPES = (
    b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd",
    b"avc1", b"avcC", b"mp4a", b"esds", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"udta", b"meta", b"ilst",
    b"covr", b"chpl", b"dref", b"tx3g", b"moof", b"mfhd", b"traf", b"tfhd", b"trun", b"mfra", b"mdat", b"free",
    b"RIFF", b"hdrl", b"avih", b"strl", b"strh", b"strf", b"movi", b"idx1", b"LIST", b"OggS", b"FLV\x01", b"onMetaData",
    b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74", b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b",
    b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75", b"\x10\x43\xa7\x70", b"\xb6\x75\x22\x8e\x75", b"\x00\x00\x01\xb3",
    b"\x00\x00\x01\xba", b"\x47\x40\x00", b"\x30\x26\xb2\x75",
)  # fmt: skip
"""What stands before or after a length in MP4, AVI, Ogg, FLV, Matroska, MPEG and ASF."""

LENGTHS = tuple(
    value.to_bytes(4, "big") for value in (0, 1, 7, 8, 9, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0)
)
LENGTHS += (b"\x01" + b"\xff" * 7, b"\xff" * 8, b"\x01" + bytes(7), b"\x00\x00\x00\x01" + b"\x7f" + b"\xff" * 7)

Content = bytearray
Damage = Callable[[random.Random, Content, Sequence[bytes]], Content]


def corpus(folder: Path, names: Sequence[str] = tuple(KINDS)) -> dict[str, bytes]:
    """The clips, of a second each."""
    (folder / "cues.srt").write_text(CUES)
    (folder / "chapters.txt").write_text(CHAPTERS)
    sources = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=1"]
    sources += ["-f", "lavfi", "-i", "sine=duration=1", "-i", str(folder / "cues.srt")]
    sources += ["-f", "ffmetadata", "-i", str(folder / "chapters.txt")]
    sources += ["-f", "lavfi", "-i", "testsrc=size=32x32:duration=0.04:rate=25"]
    return {
        name: encode(folder / name, *sources, "-pix_fmt", _pixels(name), *KINDS[name], "-t", "1").read_bytes()
        for name in names
    }


def _pixels(name: str) -> str:
    return "yuvj420p" if name == "film.mov" else "yuv420p"


def flip(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """Single bits, often of the headers."""
    reach = dice.choice((256, 4096, len(content)))
    for _ in range(2 ** dice.randrange(9)):
        content[dice.randrange(min(reach, len(content)))] ^= 1 << dice.randrange(8)
    return content


def cut(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """The end."""
    return content[: dice.randrange(len(content))]


def splice(dice: random.Random, content: Content, others: Sequence[bytes]) -> Content:
    """The beginning of one, the end of another."""
    other = dice.choice(others)
    return content[: dice.randrange(len(content))] + other[dice.randrange(len(other)) :]


def resize(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """Lengths and counts: none, 1, vast, negative."""
    for _ in range(dice.choice((1, 1, 2, 8))):
        place = _place(dice, content)
        length = dice.choice(LENGTHS)
        start = max(place + dice.choice((-4, 4, 8, 12)), 0)
        content[start : start + len(length)] = length
    return content


def duplicate(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """A box, or a stretch of the same length, many times."""
    place = max(_place(dice, content) - 4, 0)
    length = min(int.from_bytes(content[place : place + 4], "big") or 16, 4096)
    return content[:place] + content[place : place + length] * dice.choice((2, 3, 50)) + content[place + length :]


def nest(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """Boxes in boxes in boxes."""
    depth, kind = dice.choice((10, 200, 3000)), dice.choice((b"moov", b"trak", b"udta", b"meta", b"LIST"))
    place = max(_place(dice, content) - 4, 0)
    shells = b"".join((8 * (depth - n) + 64).to_bytes(4, "big") + kind for n in range(depth))
    return content[:place] + shells + content[place:]


def blank(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
    """A run of zeros."""
    start = dice.randrange(len(content))
    length = min(2 ** dice.randrange(14), len(content) - start)
    content[start : start + length] = bytes(length)
    return content


DAMAGES: tuple[Damage, ...] = (flip, cut, splice, resize, resize, duplicate, nest, blank)


def naming_others(port: int, secret: Path) -> list[bytes]:
    """Playlists, manifests, scripts and session descriptions that name a host, and a film beside."""
    web, disk = f"http://127.0.0.1:{port}/a.ts", f"file://{secret}"
    found = [
        f"v=0\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{web}"\n#EXTINF:1,\ncrypto:{secret}\n#EXT-X-ENDLIST\n',
        f'#EXTM3U\n#EXT-X-MAP:URI="{disk}"\n#EXTINF:1,\ndata:video/mp2t;base64,R0AA\n#EXT-X-ENDLIST\n',
        f'<asx version="3.0"><entry><ref href="{web}"/></entry></asx>',
        f"[Reference]\nRef1={web}\nRef2={disk}\n",
        f"RTSPtext\nrtsp://127.0.0.1:{port}/\n",
        f"%03d\n{secret}\n",
    ]
    for place in (web, str(secret), f"subfile,,start,0,end,9,,:{secret}"):
        found += [
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{place}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile '{place}'\n",
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
            f'<Representation id="1"><BaseURL>{place}</BaseURL></Representation></AdaptationSet></Period></MPD>',
            f"[playlist]\nFile1={place}\nNumberOfEntries=1\n",
        ]
    return [text.encode() for text in found]


def planting(texts: Sequence[bytes]) -> Damage:
    """Texts that name other files and hosts, in front of a file or in its midst."""

    def plant(dice: random.Random, content: Content, _others: Sequence[bytes]) -> Content:
        place = dice.choice((0, dice.randrange(len(content) + 1)))
        return content[:place] + dice.choice(texts) + content[place:]

    return plant


def _place(dice: random.Random, content: Content) -> int:
    """Where one of the types stands; anywhere, if none does."""
    for kind in dice.sample(TYPES, len(TYPES)):
        places = [found.start() for found in re.finditer(re.escape(kind), content)]
        if places:
            return dice.choice(places)
    return dice.randrange(len(content) or 1)


def damaged(dice: random.Random, clips: dict[str, bytes], damages: Sequence[Damage]) -> tuple[str, bytes]:
    """A file's name and content: a clip, damaged in one to three ways."""
    name = dice.choice(sorted(clips))
    content = Content(clips[name])
    for damage in dice.choices(damages, k=dice.choice((1, 1, 2, 3))):
        if content:
            content = damage(dice, content, list(clips.values()))
    return name, bytes(content)
