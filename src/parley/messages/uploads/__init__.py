"""Files of conversations: received and handed out in pieces, kept in the database."""
