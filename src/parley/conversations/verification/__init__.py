"""Whether a contact is who they say: asked in the chat, proved by a code that was mailed."""
