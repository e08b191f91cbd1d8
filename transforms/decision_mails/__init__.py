"""Saved e-mails in which Amazon answers a removal request: which order they are about, and what they say.

No public source shows the wording, the sender or the subject of these e-mails (docs/policy.md), so what is looked for is
data in `wording.toml`, most of it marked as not verified, and a seller may add to it. An e-mail whose words are not listed,
contradict each other, come from elsewhere or speak of several orders is `unrecognised` and waits for a person: a guess would
become a decision that nobody gave. Of the words themselves nothing is kept but which entry of the data they fit.
"""
