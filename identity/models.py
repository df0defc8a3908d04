"""Accounts, and the persons and bodies that turn to the hotline.

Both are world rows (`sandbox << 40 | n`), except that an operator's account belongs to no sandbox.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from identity.vocabulary import PartyKind


class Party(models.Model):
    """Who makes a demand (诉求人): a natural person, a legal person or another organisation.

    Never a real one: names and numbers are recognisably fictitious (see `identity/fictitious.py`).
    """

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    number = models.CharField("编号", max_length=20)
    kind = models.CharField("主体", max_length=8, choices=PartyKind)
    name = models.CharField("姓名或名称", max_length=60)
    document = models.CharField("证件号码", max_length=18, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True)
    region = models.CharField("地区", max_length=9, blank=True)

    class Meta:
        verbose_name = "诉求人"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "number"], name="party_number_once"),
        ]
        indexes = [models.Index(fields=["sandbox", "phone"], name="party_by_phone")]

    def __str__(self) -> str:
        return self.number


class AccountKind(models.TextChoices):
    CITIZEN = "citizen", "个人"
    COMPANY = "company", "企业"
    OFFICIAL = "official", "公职人员"
    OPERATOR = "operator", "运营者"


class Accounts(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        """Operators sign in by name alone; everybody else's name is unique within a sandbox only."""
        return self.get(sandbox=None, username=username)


class Account(AbstractBaseUser):
    """An account of unified identity (统一身份认证): of a sandbox's citizen, company or official, or an operator's."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, null=True, db_index=False)
    username = models.CharField("账号", max_length=60)
    kind = models.CharField("类别", max_length=8, choices=AccountKind)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="accounts")
    unit = models.CharField("单位", max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[Accounts] = Accounts()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = "账号"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "username"], name="account_name_once"),
            models.UniqueConstraint(fields=["username"], condition=models.Q(sandbox=None), name="operator_name_once"),
        ]

    def __str__(self) -> str:
        return self.username
