"""One object's bytes on their way: planning, sending in parts, receiving, readers and writers."""
