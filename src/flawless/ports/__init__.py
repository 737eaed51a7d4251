"""Every side effect: one protocol and one real implementation per file, and ``Ports`` that carries them."""
