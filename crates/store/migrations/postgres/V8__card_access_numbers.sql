-- The access number of a card that is not printed yet, under a data key of its own: from then on it stands on the card.
CREATE TABLE card_access_number (
    serial      TEXT COLLATE "C" PRIMARY KEY REFERENCES card (serial),
    nonce       BYTEA NOT NULL CHECK (length(nonce) = 12),
    wrapped_key BYTEA NOT NULL,
    ciphertext  BYTEA NOT NULL
);
