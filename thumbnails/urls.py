from django.urls import path, re_path

from thumbnails import views

urlpatterns = [
    re_path(r"^poster/(?P<digest>[0-9a-f]{32})-(?P<width>320|640)\.webp\Z", views.poster, name="poster"),
    re_path(r"^storyboards/(?P<digest>[0-9a-f]{32})\.(?P<ending>webp|vtt)\Z", views.storyboard, name="storyboard"),
    re_path(r"^subtitles/(?P<digest>[0-9a-f]{32})\.vtt\Z", views.subtitle_file, name="subtitles"),
    path("storyboards", views.storyboards_of, name="storyboards"),
    path("chapters", views.chapters, name="chapters"),
    path("posters", views.poster_states, name="posters"),
]
