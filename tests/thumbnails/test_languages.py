"""What is said of subtitles, and in which language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thumbnails.languages import LONGEST_LABEL, spoken


@pytest.mark.parametrize(
    ("words", "language", "label"),
    [
        ("", "und", "Subtitles"),
        ("en", "en", "English"),
        ("EN", "en", "English"),
        ("ger", "de", "German"),
        ("deu", "de", "German"),
        ("English", "en", "English"),
        ("français", "fr", "French"),
        ("pt-BR", "pt-BR", "Portuguese (Brazil)"),
        ("pt_br", "pt-BR", "Portuguese (Brazil)"),
        ("zh-Hant", "zh-Hant", "Chinese (Traditional)"),
        ("zh-CN", "zh-Hans-CN", "Chinese (Simplified, China)"),
        ("ast", "ast", "Asturian"),
        ("en.forced", "en", "English (forced)"),
        ("forced.en", "en", "English (forced)"),
        ("pt-BR.sdh", "pt-BR", "Portuguese (Brazil, SDH)"),
        ("hi", "hi", "Hindi"),
        ("en.hi", "en", "English (SDH)"),
        ("en.default", "en", "English"),
        ("en.Director's cut", "en", "English (Director's cut)"),
        ("xx", "und", "Subtitles (xx)"),
        ("und", "und", "Subtitles"),
        ("pt-XX9", "und", "Subtitles (pt-XX9)"),
    ],
)
def test_words_of_a_name_say_language_and_purpose(words: str, language: str, label: str) -> None:
    assert spoken(words) == (language, label)


@pytest.mark.parametrize(
    ("words", "title", "label"),
    [
        ("eng", "Signs", "English (Signs)"),
        ("eng", "English for all", "English for all"),
        ("eng.forced", "Forced", "English (forced)"),
        ("", "Commentary", "Subtitles (Commentary)"),
    ],
)
def test_a_stream_s_title_is_told(words: str, title: str, label: str) -> None:
    assert spoken(words, title).label == label


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_words_are_borne(words: str, title: str) -> None:
    found = spoken(words, title)
    assert found.language
    assert 0 < len(found.label) <= LONGEST_LABEL
