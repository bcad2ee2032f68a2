"""The addresses of the library. Old bookmarks and scripts depend on them."""

from django.urls import path, register_converter

from library.converters import FilePathConverter
from library.views import api, bulk, files, finding, list_api, lists, pages

register_converter(FilePathConverter, "filepath")

urlpatterns = [
    path("", pages.home, name="home"),
    path("watch/<filepath:path>", pages.watch, name="watch"),
    path("favorites", pages.favorites, name="favorites"),
    path("best-of", pages.best_of, name="best_of"),
    path("tags", pages.tags, name="tags"),
    path("tag/<filepath:name>", pages.tag, name="tag"),
    path("folder/", pages.folder, name="folders"),
    path("folder/<filepath:path>", pages.folder, name="folder"),
    path("random", pages.random, name="random"),
    path("video/<filepath:path>", files.video, name="video"),
    path("stream/<str:token>/<str:name>", files.stream, name="stream"),
    path("playlist/<filepath:path>.m3u8", files.playlist, name="playlist"),
    path("library/version", api.version, name="version"),
    path("library/tags", api.tag_names, name="tag_names"),
    path("filters", finding.filters, name="filters"),
    path("library/complete", finding.complete, name="complete"),
    path("library/smart-lists", finding.lists, name="smart_lists"),
    path("library/smart-lists/keep", finding.keep_list, name="keep_list"),
    path("library/smart-lists/rename", finding.rename_list, name="rename_list"),
    path("library/smart-lists/delete", finding.delete_list, name="delete_list"),
    path("get_views", api.get_views, name="get_views"),
    path("rate", api.rate, name="rate"),
    path("view", api.view, name="view"),
    path("tag", api.add_tag, name="add_tag"),
    path("delete_tag", api.delete_tag, name="delete_tag"),
    path("favorite", api.favorite, name="favorite"),
    path("bulk", bulk.bulk, name="bulk"),
    path("undo", bulk.undo, name="undo"),
    path("watch-later", lists.watch_later, name="watch_later"),
    path("playlists", lists.playlists, name="playlists"),
    path("playlist/<int:pk>", lists.playlist, name="playlist_page"),
    path("recent", lists.recent, name="recent"),
    path("added", lists.added, name="added"),
    path("rediscover", lists.rediscover, name="rediscover"),
    path("play", lists.play, name="play"),
    path("export.m3u8", lists.export, name="export"),
    path("library/playlists", list_api.playlists_for, name="playlists_for"),
    path("watch_later", list_api.watch_later, name="keep_for_later"),
    path("new_playlist", list_api.new_playlist, name="new_playlist"),
    path("add_to_playlist", list_api.add_to_playlist, name="add_to_playlist"),
    path("remove_from_playlist", list_api.remove_from_playlist, name="remove_from_playlist"),
    path("move_in_playlist", list_api.move_in_playlist, name="move_in_playlist"),
    path("rename_playlist", list_api.rename_playlist, name="rename_playlist"),
    path("delete_playlist", list_api.delete_playlist, name="delete_playlist"),
    path("ping", api.ping, name="ping"),
]
