"""Tags that agents put on conversations; a conversation keeps its tags as texts."""
