-- Whose version another server is to get ready. An earlier release does not tell tenants' models apart, and must not share it.
ALTER TABLE wish ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'local';
