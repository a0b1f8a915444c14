-- Which events changed in the last moments? Asked after commits, so that live pages hear of them; announcing inside each
-- transaction would make every commit wait for every other.
-- First release: creates an index only, locks nothing anyone uses.
create index outbox_messages_created_at_idx on outbox_messages (created_at);
