"""What cannot be taken back is taken on proof only: deleting, ending a life, taking a name for ours."""
