"""Which entities of the graph are one: compared after each write, decided by people or a threshold, undone exactly.

- `gathering`: what is compared of an entity, read from the graph,
- `blocks`: what is kept of it so that others find it,
- `pairs`: a verdict as it is kept, and read again,
- `comparing.Resolver`: keeps the pairs that may be one up to date with what is written,
- `deciding.Deciding`: accept, reject, defer, and take back,
- `stating`: what accepting states of two that are not one: that a mailbox is somebody's.

Nothing that was collected is changed: entities that are one are joined by SAME_AS, for as long as a decision stands.
"""
