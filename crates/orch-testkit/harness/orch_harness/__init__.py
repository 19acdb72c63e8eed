"""A loopback AWS for tests: moto in this process, behind a layer that pages, ages and breaks answers."""
