"""The policy as data (grounds, lexicons) and the engine that applies it: comment in, judgement out."""
