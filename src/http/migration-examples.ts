// Bodies to try: their instances and databases are those of the simulator's default world.

export const MIGRATION_EXAMPLES = {};
