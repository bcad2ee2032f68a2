"""Files of subtitles that have broken someone's player: their bytes, and how many cues are in them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple


class Awkward(NamedTuple):
    """One of them."""

    name: str
    """Of letters and digits alone, and in its text, so that no two have the same content."""
    ending: str
    content: bytes
    cues: int


def srt(*texts: str, newline: str = "\n") -> str:
    """SubRip with a cue of a second for each text."""
    cues = (f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n" for n, text in enumerate(texts, start=1))
    return "\n".join(cues).replace("\n", newline)


def vtt(*blocks: str) -> str:
    """WebVTT of these blocks."""
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def ass(*texts: str, style: str = "Default") -> str:
    """Advanced SubStation Alpha with a line of a second for each text."""
    lines = (f"Dialogue: 0,0:00:{n:02}.00,0:00:{n:02}.90,{style},,0,0,0,,{text}" for n, text in enumerate(texts, 1))
    return "\n".join([ASS_HEAD, *lines, ""])


ASS_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: 640

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Underline, Alignment
Style: Default,Arial,20,&H00FFFFFF,0,0,0,2
Style: Sign,Arial,20,&H00FFFFFF,-1,-1,0,8

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"""

TIMES = "00:00:01,000 --> 00:00:02,000"
OPEN = "00:01.000 --> 00:02.000"

SUBRIP = {
    "crlf": (srt("crlf", "two", newline="\r\n"), 2),
    "oldmac": (srt("oldmac", "two", newline="\r"), 2),
    "nonumbers": (f"{TIMES}\nnonumbers\n\n00:00:03,000 --> 00:00:04,000\ntwo\n", 2),
    "noblankline": (f"1\n{TIMES}\nnoblankline\n2\n00:00:03,000 --> 00:00:04,000\ntwo\n", 2),
    "blanklines": (f"1\n{TIMES}\nblanklines\n\n\nstill the first\n\n2\n00:00:03,000 --> 00:00:04,000\ntwo", 2),
    "noend": (f"1\n{TIMES}\nnoend, no newline", 1),
    "overlapping": ("1\n00:00:01,000 --> 00:00:09,000\noverlapping\n\n2\n00:00:02,000 --> 00:00:03,000\ninner\n", 2),
    "disordered": ("1\n00:00:05,000 --> 00:00:06,000\ndisordered\n\n2\n00:00:01,000 --> 00:00:02,000\nfirst\n", 2),
    "negative": ("1\n-00:00:01,000 --> 00:00:02,000\nnegative\n", 1),
    "huge": (f"1\n98765:00:00,000 --> 999999:00:00,000\nhuge\n\n2\n{TIMES}\nhuge, not\n", 1),
    "late": ("1\n99:00:00,000 --> 123:00:00,000\nlate\n", 1),
    "backwards": (f"1\n00:00:09,000 --> 00:00:02,000\ngone\n\n2\n{TIMES}\nbackwards\n", 1),
    "nothinglong": (f"1\n00:00:02,000 --> 00:00:02,000\ngone\n\n2\n{TIMES}\nnothinglong\n", 1),
    "dots": ("1\n00:00:01.000 --> 00:00:02.000\ndots\n", 1),
    "nofraction": ("1\n00:00:01 --> 00:00:02\nnofraction\n", 1),
    "oddfraction": ("1\n0:0:1,5 --> 0:0:2,123456\noddfraction\n", 1),
    "oddarrow": ("1\n00:00:01,000 -> 00:00:02,000\noddarrow\n", 1),
    "spaced": ("1\n 00 : 00 : 01 , 000-->00: 00:02,000 \nspaced\n", 1),
    "coordinates": (f"1\n{TIMES} X1:100 X2:200 Y1:1 Y2:2\ncoordinates\n", 1),
    "html": (srt('html <font color="#ff0000">red</font> <span class=x>and</span><br/>more'), 1),
    "nested": (srt("nested <i><b><u>three</u></b></i> <b>left <i>open", "<i></b></u>closed only</i>"), 2),
    "crossed": (srt("crossed <b><i>one</b>two</i>"), 1),
    "notags": (srt("notags <3 & 1 < 2 > 0 && <John> <", "a <"), 2),
    "script": (srt("<script>alert(1)</script><img src=x onerror=alert(1)>script"), 1),
    "arrowinside": (srt("arrowinside --> here", "-->"), 2),
    "times": (srt("times 00:00:01,000 --> 00:00:02,000 in a text"), 1),
    "header": (srt("header\nWEBVTT\n\nNOTE\nSTYLE\n::cue { color: red }"), 1),
    "entities": (srt("entities &lt;i&gt; &amp;amp; &#0; &nbsp;"), 1),
    "place": (srt(r"{\an8}place", r"{\pos(10,20)}two"), 2),
    "empty": (srt("", "empty, the one before", "   ", "<i></i>"), 1),
    "numbers": (srt("1984", "numbers\n42"), 2),
    "nul": (srt("nul\0in\0side", "\0"), 1),
    "controls": (srt("controls \x01\x02\x1b[31m\x7f\x0b\x0c"), 1),
    "rtl": (srt("rtl \u202eשלום\u202c", "مرحبا"), 2),
    "emoji": (srt("emoji \N{CLAPPER BOARD}\N{ZERO WIDTH JOINER}\N{FAMILY}"), 1),
    "separators": (srt("separators\u2028line\u2029paragraph\x85next"), 1),
    "long": (srt("long " + "word " * 5000, "l" * 100_000), 2),
    "tall": (srt("tall\n" + "line\n" * 3000), 1),
    "bracesopen": (srt("bracesopen { and {\\ and {\\i1", "}"), 2),
}
WEBVTT = {
    "notes": (vtt("NOTE one\nmore of it", f"{OPEN}\nnotes", "NOTE\n\nx", "00:03.000 --> 00:04.000\ntwo"), 2),
    "style": (vtt("STYLE\n::cue(b) { color: red; }", f"id of it\n{OPEN}\nstyle <c.loud.x_1>class</c>"), 1),
    "region": (vtt("REGION\nid:fred\nwidth:40%", f"{OPEN} region:fred\nregion"), 1),
    "settings": (vtt(f"{OPEN} line:0 position:50%,center align:middle size:999% vertical:xx foo\nsettings"), 1),
    "snap": (vtt(f"{OPEN} line:-1 line:5 align:end size:33.3% position:100%\nsnap"), 1),
    "voices": (vtt(f"{OPEN}\n<v.first Ann>voices</v> <lang de>hallo</lang> <ruby>a<rt>b</rt></ruby>"), 1),
    "inside": (vtt(f"{OPEN}\ninside <00:00:01.500>later <00:01.700><c>last</c>"), 1),
    "unescaped": (vtt(f"{OPEN}\nunescaped &#10;&#10;00:03.000 --&gt; 00:04.000&#10;injected"), 1),
    "entity": (vtt(f"{OPEN}\nentity &lt;b&gt; &#99999999999; &#x110000; &bogus; &#" + "1" * 9000), 1),
    "headertext": ("WEBVTT - a title\nKind: captions\nLanguage: de\n\n00:01.000 --> 00:02.000\nheadertext\n", 1),
    "chapters": (vtt(f"1\n{OPEN}\nchapters\n\nnothing here", "2\n00:02.000 --> 00:03.000\n"), 1),
}
SUBSTATION = {
    "overrides": (ass(r"{\b1\i1}overrides{\r}{\fs20\c&H00FF00&\t(0,500,\fscx120)} plain \{x\}"), 1),
    "karaoke": (ass(r"{\k20}ka{\kf30}ra{\K15}o{\ko20}ke" * 300), 1),
    "drawing": (ass(r"{\p1}m 0 0 l 100 0 100 100{\p0}drawing", r"{\p2}m 0 0 l 9 9"), 1),
    "signs": (ass(r"signs {\pos(1,2)}{\an7}left", "second", style="Sign"), 2),
    "breaks": (ass(r"breaks\Nline\nsoft\hhard, with, commas"), 1),
    "layers": (ass("layers") + "Dialogue: 9,0:00:01.00,0:00:01.90,Default,,0,0,0,,layers\n", 1),
    "badlines": (ass("badlines") + "Dialogue: 0,x,y,Default,,0,0,0,,no\nDialogue:\nStyle: ,,,\nStyle:\nFormat:\n", 1),
    "comments": (ass("comments {a note} here") + "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,no\n", 1),
    "nohead": ("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,nohead\n", 1),
    "fonts": (ass("fonts") + "[Fonts]\nfontname: a.ttf\n" + "M0,`:!@#\n" * 2000, 1),
    "oldkind": (ass(r"{\a6}oldkind").replace("V4+", "V4").replace("v4.00+", "v4.00"), 1),
    "unclosed": (ass(r"unclosed {\i1 and on", r"\N\N\h"), 1),
}
ENCODED = {
    "utf8mark": (codecs.BOM_UTF8 + srt("utf8mark é").encode(), 1),
    "utf16le": (codecs.BOM_UTF16_LE + srt("utf16le é").encode("utf-16-le"), 1),
    "utf16be": (codecs.BOM_UTF16_BE + srt("utf16be é").encode("utf-16-be"), 1),
    "utf16bare": (srt("utf16bare é").encode("utf-16-le"), 1),
    "utf16odd": (codecs.BOM_UTF16_LE + srt("utf16odd").encode("utf-16-le") + b"x", 1),
    "utf32": (codecs.BOM_UTF32_LE + srt("utf32 é").encode("utf-32-le"), 1),
    "western": (srt("western", "Größe, bitte schön").encode("cp1252"), 2),
    "cyrillic": (srt("cyrillic", "Привет, как дела?").encode("cp1251"), 2),
    "kana": (srt("kana", "こんにちは、元気ですか。").encode("cp932"), 2),
    "hanzi": (srt("hanzi", "你好，你怎么样？我们走吧。").encode("gb18030"), 2),
    "broken": (srt("broken").encode() + b"\xff\xfe\xe2\x82", 1),
    "cutoff": (srt("cutoff \N{CLAPPER BOARD}").encode()[:-3], 1),
    "onlyends": (b"\xff" * 100 + b"\n" + srt("onlyends").encode(), 1),
}


def corpus() -> Iterator[Awkward]:
    """All of them."""
    for ending, files in (("srt", SUBRIP), ("vtt", WEBVTT), ("ass", SUBSTATION)):
        for name, (text, cues) in files.items():
            yield Awkward(name, ending, text.encode(), cues)
    for name, (content, cues) in ENCODED.items():
        yield Awkward(name, "srt", content, cues)
