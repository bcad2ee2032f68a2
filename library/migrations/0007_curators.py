"""The group whose members may curate: videos, tags, stars, views, favourites and the history, and nothing else."""

from django.db import migrations

GROUP = "Curators"
MAY = {
    "video": ("video", ("view", "change")),
    "rating": ("rating", ("view", "change")),
    "viewcount": ("views", ("view", "change")),
    "favorite": ("favourite", ("view", "add", "change", "delete")),
    "tag": ("tag", ("view", "add", "change", "delete")),
    "tagalias": ("tag alias", ("view", "add", "change", "delete")),
    "entry": ("history entry", ("view", "change")),
}
"""Model: (its name for people, what may be done)."""


def make_group(apps, schema_editor):
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for model, (name, actions) in MAY.items():
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="library", model=model
        )
        for action in actions:
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=content_type, codename=f"{action}_{model}", defaults={"name": f"Can {action} {name}"}
            )
            group.permissions.add(permission)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0006_history_by_who_and_what"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, remove_group)]
