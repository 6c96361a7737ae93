"""What the codes of decisions mean, in words."""

REASONS = {
    "asked-for": "The visitor's page asked for this agent.",
    "bot-first": "New chats go to a bot first, and it was this bot's turn.",
    "contact-manager": "This agent looks after the contact.",
    "last-chatted": "This agent served the visitor's chat before.",
    "fewest-turns": "Of all who could be given it, this agent has had the fewest turns.",
    "fewest-chats": "Of all who could be given it, this agent serves the fewest chats.",
    "longest-without": "Of all who could be given it, this agent has gone without one the longest.",
    "external": "The routing service outside named this agent.",
    "forwarded-to-agent": "Somebody handed the chat to this agent.",
    "forwarded-to-department": "Handed to the department, where it was this agent's turn.",
    "forwarded-to-queue": "Handed to the department, in whose queue it waits.",
    "handed-over-to-agent": "The bot that served the chat handed it over to this human.",
    "handed-over-to-department": "The bot handed it to the department; it was this human's turn.",
    "handed-over-to-queue": "The bot that served the chat handed it over; it waits for a human.",
    "returned-to-agent": "Somebody returned the chat to this bot.",
    "taken": "The agent took the chat from the queue.",
    "waited-for": "The chat waited for this agent.",
    "given-back": "Whoever served the chat gave it back to the queue.",
    "resumed-without-agent": "It was on hold, and its agent could not go on with it.",
    "agent-gone": "The agent whom it waited for is not there any more.",
    "verifying": "The contact is being verified.",
    "unknown-contact": "Agents are given no chats of unknown contacts.",
    "unverified-contact": "Agents are given no chats of contacts who are not verified.",
    "by-hand": "Agents take chats from the queue by hand.",
    "waiting-queue": "New chats wait in the queue until it is their turn.",
    "nobody-online": "Nobody who could be given it was online and available.",
    "all-at-limit": "All who are online have as many chats as they may have.",
    "nobody-else": "Nobody else who could be given it was online and available.",
    "external-asked": "The routing service outside is being asked for an agent.",
    "external-unreachable": "The routing service outside did not answer.",
    "external-nobody": "The routing service outside named nobody who could be given it.",
    "external-unset": "No routing service outside is set.",
}


def in_words(code: str) -> str:
    """Codes that are not of routing say themselves."""
    return REASONS.get(code) or code.replace("-", " ").capitalize() + "."
