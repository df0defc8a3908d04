"""Identity's words."""

from django.db.models import TextChoices


class PartyKind(TextChoices):
    """Who makes a demand (诉求主体)."""

    NATURAL = "natural", "自然人"
    LEGAL = "legal", "法人"
    OTHER = "other", "其他组织"
