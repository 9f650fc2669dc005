"""What a doodle's keys are, how they are made from drawings, and how they are kept up with them."""
