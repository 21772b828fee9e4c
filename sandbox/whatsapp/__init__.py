"""WhatsApp Cloud API: messages, templates, signed webhooks."""
