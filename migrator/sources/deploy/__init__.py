"""Deployment files that declare jobs: playbooks, manifests, compose files and their like."""
