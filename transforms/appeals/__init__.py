"""Re-opening a denied request: what may be re-opened until when, the text a person sends, and the check on that text.

What is known of it is thin (docs/policy.md): since 27 July 2017 a request is like a case whose answer can be replied to; how
often, until when and with what odds no source says. Newer help warns that asking by any other means than Feedback Manager
may cost the account. So: at most one re-opening, only as a reply in the very case, only by a person, and no draft that
proposes another way.
"""
