"""One reward: what is stored of it, and what follows from that at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Optional


@dataclass
class Reward:
    """A reward. `paid` is how much of its debt booked nettings paid; `reserved` what issues under way will pay."""

    rule: str
    person: str
    cause: str
    role: str
    unit: str
    invitee: Optional[str]
    granted_at: tuple
    posted: int = 0
    refused: int = 0
    because: Optional[str] = None
    issued: int = 0
    netted: int = 0
    paid: int = 0
    reserved: int = 0
    fixed: Optional[tuple] = None
    approval: Optional[tuple] = None
    renewed_at: Optional[datetime] = None
    closed: Optional[str] = None
    returned: bool = False
    failed: bool = False
    month: Optional[datetime] = None
    line: Optional[object] = None
    flags: tuple = ()
    expires: Optional[object] = None

    @property
    def key(self):
        """Its identity."""
        return self.rule, self.person, self.cause

    @property
    def handed(self):
        """What was handed over: paid out or netted."""
        return self.issued + self.netted

    @property
    def counted(self):
        """What limits count of it."""
        return max(self.posted, self.handed - self.paid)

    @property
    def reclaimed(self):
        """What became debt of it."""
        return max(self.paid + self.reserved, self.handed - self.posted, 0)

    @property
    def debt(self):
        """The debt of it that is still open."""
        return self.reclaimed - self.paid

    def open(self):
        """What is neither handed over nor taken back, before expiry."""
        return self.posted - self.handed + self.reclaimed

    def covered(self):
        """Whether an approval covers what is there now."""
        line = self.line
        return bool(self.approval and self.posted <= self.approval[0] and line and line.carrier == self.approval[1])

    def hold(self, now):
        """Why it is held: by moderation, for approval, until the end of a refund window; or None."""
        if self.line is None or self.open() <= 0:
            return None
        if self.flags and self.flags[-1][1] is None:
            ends = self.expires_at()
            return "moderation" if ends is None or self.flags[-1][0] < ends else None
        return self._own_hold(now)

    def _own_hold(self, now):
        if self.line.approval:
            return None if self.covered() else "approval"
        return "refund_window" if now < self.line.hold_ends else None

    def expires_at(self):
        """When what is left of it expires; a flag that came before that puts it off."""
        if self.expires is None or self.line is None or (self.line.approval and not self.covered()):
            return None
        start = self.approval[2] if self.line.approval else self.line.hold_ends
        if self.renewed_at is not None:
            start = max(start, self.renewed_at)
        ends = start + self.expires
        for since, until in self.flags:
            if since < ends and until is not None:
                ends = max(ends, until + self.expires)
        return ends

    def expired(self, now):
        """How much of it has expired."""
        if self.fixed or self.closed or self.line is None or self.open() <= 0 or self.hold(now):
            return 0
        ends = self.expires_at()
        return self.open() if ends is not None and now >= ends else 0

    def outstanding(self, now):
        """What can still be handed over."""
        return self.open() - self.expired(now)

    def state(self, now):
        """Its state; `due` stands for due, approved and failed."""
        if self.fixed:
            return "issuing"
        if self.closed:
            return "reversed" if self.handed or self.closed == "reversed" else "cancelled"
        if self.posted == 0 and self.handed == 0:
            return "refused" if self.refused else "cancelled"
        if self.posted == 0 and self.open() == 0:
            return "reversed"
        if self.open() == 0:
            return "issued"
        if self.hold(now):
            return "pending"
        if self.expired(now):
            return "issued" if self.posted > self.expired(now) else "expired"
        return "due"
