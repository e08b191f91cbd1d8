"""Draft public replies to feedback that stays: texts as data, and what such a text must not say."""
