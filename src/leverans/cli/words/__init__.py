"""The words of the command line, one family of commands a module; each has a function ``words``."""
