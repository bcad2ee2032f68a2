"""Cards: rendered once for each content."""

from html import unescape
from typing import Any

import pytest
from django.utils.html import escape

from library import cards
from library.models import Video
from tests.builders import a_video, videos
from tests.library.posters_everywhere import POSTER

pytestmark = pytest.mark.django_db


def card_of(video: Video, poster: cards.Poster | None = None) -> cards.Card:
    (row,) = Video.objects.card_rows_of([video.pk])
    return cards.card_of(row, poster, cards.now(), "/watch/")


def test_a_card_shows_what_people_look_for() -> None:
    video = a_video("My_film.mp4", stars=4, views=2, favorite=True, duration=61.0, width=3840, height=2160)
    html = unescape(cards.render_card(card_of(video, POSTER)))
    for fact in ("My film", "★ 4", "2 views", "1:01", "4K", "♥", video.get_absolute_url(), POSTER.small_url):
        assert fact in html


def test_a_card_without_a_poster_says_which_video_waits_for_one() -> None:
    video = a_video("a.mp4")
    html = cards.render_card(card_of(video))
    assert f'data-pending="{video.pk}"' in html
    assert "<img" not in html


def test_only_the_first_cards_of_a_page_load_their_posters_at_once(settings: Any) -> None:
    settings.LIBRARY_POSTERS = "tests.library.posters_everywhere"
    videos(10)
    rendered = cards.cards_for(Video.objects.card_rows(), eager=4)
    assert ["fetchpriority" in html for html in rendered] == [True] * 4 + [False] * 6
    assert ['loading="lazy"' in html for html in rendered] == [False] * 4 + [True] * 6


def test_a_card_is_rendered_once_until_its_content_changes() -> None:
    video = a_video("a.mp4", views=1)
    first = cards.render_card(card_of(video))
    assert cards.render_card(card_of(video)) is first
    video.view_count.count = 2
    video.view_count.save()
    assert "2 views" in cards.render_card(card_of(video))


def test_all_lists_share_a_card_but_for_its_address_and_what_they_say_of_it() -> None:
    video = a_video(f"{cards.FACTS}.mp4")
    rows = Video.objects.card_rows()
    (home,), (best,) = cards.cards_for(rows), cards.cards_for(rows, query="?from=a&page=2", notes={video.pk: "<sea>"})
    address = escape(video.get_absolute_url())
    noted = home.replace(cards.FACTS, f'<span class="note">&lt;sea&gt;</span>{cards.FACTS}')
    assert best == noted.replace(address, f"{address}?from=a&amp;page=2")
    assert cards.render_card.cache_info().currsize == 1


def test_only_a_title_makes_a_card_take_more_than_a_byte_for_a_character() -> None:
    video = a_video("a.mp4", stars=5, favorite=True, views=3, width=3840, height=2160)
    assert cards.render_card(card_of(video, POSTER)).isascii()


@pytest.mark.parametrize("path", ["a b/ü#1?.mp4", "%41&<'>\".mp4", "+;=,:@!$(*)~.mp4", "//x/\n.mp4", "\uf7ff.mp4"])
def test_a_card_leads_where_its_video_is(path: str) -> None:
    video = a_video(path)
    assert card_of(video).url == video.get_absolute_url()
    (html,) = cards.cards_for(Video.objects.card_rows())
    assert f'href="{escape(video.get_absolute_url())}"' in html
