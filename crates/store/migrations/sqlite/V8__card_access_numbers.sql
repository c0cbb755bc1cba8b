-- The access number of a card that is not printed yet, under a data key of its own: from then on it stands on the card.
CREATE TABLE card_access_number (
    serial      TEXT PRIMARY KEY REFERENCES card (serial),
    nonce       BLOB NOT NULL CHECK (length(nonce) = 12),
    wrapped_key BLOB NOT NULL,
    ciphertext  BLOB NOT NULL
) STRICT;
