"""Finding what was said: in the chats of a visitor, and in all that the caller may see."""
