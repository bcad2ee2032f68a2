"""Curators may have posters and storyboards drawn again."""

from django.db import migrations

GROUP = "Curators"
MAY = {
    "mediawork": ("poster and probe", ("view", "change")),
    "storyboard": ("storyboard", ("view",)),
}


def permit(apps, schema_editor):
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for model, (name, actions) in MAY.items():
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="thumbnails", model=model
        )
        for action in actions:
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=content_type, codename=f"{action}_{model}", defaults={"name": f"Can {action} {name}"}
            )
            group.permissions.add(permission)


def forbid(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="thumbnails")
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):

    dependencies = [
        ("thumbnails", "0002_storyboard"),
        ("library", "0007_curators"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(permit, forbid)]
