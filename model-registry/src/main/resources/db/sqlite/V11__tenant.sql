-- Nothing for the one server of this database, which asks no other one to get a tenant's version ready. An earlier release
-- does not tell tenants' models apart, and must not open it.
PRAGMA user_version = 11;
