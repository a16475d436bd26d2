"""The control plane: everything rare, through boto3 whatever the engine."""
