"""Prove whether two Kubernetes environments are the same."""
