"""Who may make whom what: nobody grants more than they have (USERS-12)."""

RANKS = {"client": 0, "vip": 0, "staff": 1, "admin": 2}
# VIP follows from a subscription, so no person hands it out (USERS-13).
GRANTABLE = ("client", "staff", "admin")


def grantable_roles(*, granter_role: str, is_superuser: bool) -> list[str]:
    """The roles somebody may give: their own and those below it."""
    own = RANKS["admin"] if is_superuser else RANKS[granter_role]
    return [role for role in GRANTABLE if RANKS[role] <= own]


def may_manage(*, role: str, is_superuser: bool, other_role: str, other_is_superuser: bool) -> bool:
    """Whether somebody may change another's account: never one that can do more."""
    if is_superuser:
        return True
    return not other_is_superuser and RANKS[other_role] <= RANKS[role]
