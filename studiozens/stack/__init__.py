"""The development stack: PostgreSQL, Valkey and the processes, from the packages of the lock."""
