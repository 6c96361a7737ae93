"""Business hours: when an office is open, by the clock on its wall (contract/management.md §5).

What is stored is local times of a zone; each question is answered from them, for its moment.
"""
