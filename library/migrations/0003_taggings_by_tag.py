from django.db import migrations


class Migration(migrations.Migration):
    """An index that holds which videos bear a tag: related videos and counts are found in it alone."""

    dependencies = (("library", "0002_video_files_in_order"),)

    operations = (
        migrations.RunSQL(
            "CREATE INDEX library_taggings_by_tag ON library_video_tags (tag_id, video_id)",
            "DROP INDEX library_taggings_by_tag",
        ),
    )
