"""Recordings in, figures out: pipelines, metrics, reports and the ``axocell`` command."""
