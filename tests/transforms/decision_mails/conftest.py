"""Invented e-mails, as a mail program saves them."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

ORDER = "111-4007919-1104729"


@pytest.fixture
def mail() -> Callable[..., bytes]:
    """Build an e-mail; every part can be replaced."""

    def build(
        body: str = "Hello, we have removed the feedback. Thank you.",
        *,
        subject: str = f"Your request about order {ORDER}",
        sender: str = "Amazon <seller-answers@amazon.com>",
        date: str | None = "Wed, 18 Nov 2026 10:11:12 -0800",
        message_id: str | None = "<one@amazon.com>",
        html: str | None = None,
    ) -> bytes:
        message = EmailMessage()
        message["From"] = sender
        message["To"] = "shop@lumen-home.example"
        message["Subject"] = subject
        if date:
            message["Date"] = date
        if message_id:
            message["Message-ID"] = message_id
        message.set_content(body)
        if html is not None:
            message.add_alternative(html, subtype="html")
        return message.as_bytes()

    return build
