"""Channels in groups that share a packet, as every stream of packets has them."""

__all__ = ["ChannelGroups"]


class ChannelGroups:
    """What follows from how many channels there are, and how many share a packet.

    Attributes
    ----------
    channels : int
        All of them.
    packet_channels : int
        Those of a group; the last may have fewer.

    Examples
    --------
    >>> class Five(ChannelGroups):
    ...     channels, packet_channels = 5, 2
    >>> Five().groups, Five().inside(0), Five().inside(2)
    (3, 2, 1)
    """

    channels: int
    packet_channels: int

    @property
    def groups(self) -> int:
        """Groups of channels that share a packet."""
        return -(-self.channels // self.packet_channels)

    def inside(self, group: int) -> int:
        """Return how many channels a group has; the last may have fewer than others.

        Parameters
        ----------
        group : int
            Number of the group.

        Returns
        -------
        int
            Channels.
        """
        return min(self.packet_channels, self.channels - group * self.packet_channels)
